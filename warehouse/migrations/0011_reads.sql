-- Every view of `share` asks this once a query, before its first row. The line goes to the server's log, which no rollback
-- takes back and no consumer can read, turn off or write to in another's name; a table of ours could be rolled back. Which
-- view and which login, never the query: it may hold what somebody was looked for by.
CREATE FUNCTION share.noted(what text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
BEGIN
  RAISE LOG 'share.% read by %', what, session_user;
  RETURN true;
END
$$;
COMMENT ON FUNCTION share.noted IS '在服务器日志中记下谁读了哪个共享视图';
