-- A call of a dry run that would have left stands in the ledger as what it would have been.
set local role neonhub_migrate;

alter type tool_execution_status add value 'simulated';
