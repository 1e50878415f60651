-- Erasing a person puts a marker of 38 characters in the place of each of their addresses. A text that was as long as it may
-- be, or a short name that was an address, had no room for it, and the erasure failed. What people may send keeps its limit.
set local role neonhub_migrate;

alter table webhook_endpoints drop constraint webhook_endpoints_url_check,
  add constraint webhook_endpoints_url_check check (length(url) between 1 and 16384);
alter table schedules drop constraint schedules_name_check,
  add constraint schedules_name_check check (length(name) between 1 and 800);
alter table run_scores drop constraint run_scores_name_check, drop constraint run_scores_comment_check,
  add constraint run_scores_name_check check (length(name) between 1 and 800),
  add constraint run_scores_comment_check check (length(comment) <= 16000);
alter table trigger_configs drop constraint trigger_configs_name_check,
  add constraint trigger_configs_name_check check (length(name) between 1 and 800);
alter table feedback drop constraint feedback_remark_check,
  add constraint feedback_remark_check check (length(remark) <= 16000);
alter table agent_memories drop constraint agent_memories_text_check,
  add constraint agent_memories_text_check check (length(text) between 1 and 16000);
