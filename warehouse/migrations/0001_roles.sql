-- One LOGIN role a task. A role that switched with SET ROLE could switch back, so every step connects as its own.
-- Roles belong to the whole server: they may have been made for another database, or by its administrator.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['huilian_loader', 'huilian_linker', 'huilian_analyst', 'huilian_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', wanted);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO huilian_loader, huilian_linker, huilian_analyst', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
