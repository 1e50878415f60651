-- A worker that is killed with many long runs in hand says nothing bad of them. Retried one at a time in each process they
-- waited for each other, for as long as agents think; half of a process's hands may do them at once. Where one of them takes
-- its worker down again, fewer than that are done alone, each by itself.
set local role neonhub_migrate;

do $$
declare
  v_signature constant regprocedure :=
    'take_jobs(text, uuid, integer, uuid, jsonb, integer, integer, integer, integer, integer, uuid, uuid)'::regprocedure;
  v_text text := pg_get_functiondef(v_signature);
  v_change record;
begin
  for v_change in
    select * from (values
      ('v_holds_suspect boolean;', 'v_suspects integer;
  v_holds_suspect boolean;'),
      ('One at a time in a process: were they retried together, they would go down
  -- together again, and be told apart no better.', 'Few at a time in a process: were they all retried together, they would go
  -- down together again, and be told apart no better.'),
      ('v_holds_suspect := exists (
    select from agent_jobs where status = ''active'' and worker_id = p_worker_id and queue = p_queue and attempts > 1
  );', 'select count(*) into v_suspects from agent_jobs
    where status = ''active'' and worker_id = p_worker_id and queue = p_queue and attempts > 1;
  v_holds_suspect := v_suspects >= greatest(2, p_most_held / 2);'),
      ('v_holds_suspect := v_holds_suspect or v_job.attempts > 1;', 'if v_job.attempts > 1 then
      v_suspects := v_suspects + 1;
      v_holds_suspect := v_suspects >= greatest(2, p_most_held / 2);
    end if;')
    ) as c(was, becomes)
  loop
    if position(v_change.was in v_text) = 0 then
      raise exception 'take_jobs has no "%"', v_change.was;
    end if;
    v_text := replace(v_text, v_change.was, v_change.becomes);
  end loop;
  execute v_text;
end $$;
