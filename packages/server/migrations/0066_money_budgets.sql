-- Budgets limit what tools cost and what is spent on ads too. Values of an enum can be used once they are committed: what
-- uses them is the next migration's.
set local role neonhub_migrate;

alter type budget_limit add value 'tool_cost';
alter type budget_limit add value 'ad_spend';
