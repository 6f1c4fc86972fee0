-- Commands whose records are for admins and auditors only (domain/model/traits.py).
CREATE OR REPLACE TEMP TABLE security_command AS SELECT unnest($names::VARCHAR[]) AS name;
