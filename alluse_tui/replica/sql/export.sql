-- Text that a spreadsheet would take for a formula, made plain text.
CREATE OR REPLACE TEMP MACRO plain_text(x) AS
    CASE WHEN regexp_matches(x, '^[-=+@\t\r\n＝＋－＠]') THEN '''' || x ELSE x END;
