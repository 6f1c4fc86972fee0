-- Prefix text that a spreadsheet would take for a formula, so that it stays plain text.
CREATE OR REPLACE TEMP MACRO plain_text(x) AS
    CASE WHEN regexp_matches(x, '^[-=+@\t\r\n＝＋－＠]') THEN '''' || x ELSE x END;
