-- Who (identifiers) and what (content) lie apart; the tables in them follow from the contracts. Staging is the loader's own.
CREATE SCHEMA identifiers;
CREATE SCHEMA content;
CREATE SCHEMA staging_identifiers;
CREATE SCHEMA staging_content;
CREATE SCHEMA share;
COMMENT ON SCHEMA identifiers IS '身份标识：姓名、证件号码、电话、住址等，只供身份识别';
COMMENT ON SCHEMA content IS '业务内容：不含身份标识';
COMMENT ON SCHEMA share IS '共享视图：按用途授权';

GRANT USAGE ON SCHEMA identifiers, content TO huilian_loader;
GRANT USAGE, CREATE ON SCHEMA staging_identifiers, staging_content TO huilian_loader;
GRANT USAGE ON SCHEMA identifiers TO huilian_linker;
GRANT USAGE ON SCHEMA content TO huilian_analyst;
