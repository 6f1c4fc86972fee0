-- Rows that violate a foreign key, counted by kind; no rows if there are none.
SELECT 'postings without an entry' AS what, count(*) AS rows
FROM posting p ANTI JOIN entry e ON e.seq = p.seq AND e.n = p.n
HAVING count(*) > 0
UNION ALL
SELECT 'entries without a record', count(*)
FROM entry e ANTI JOIN record r ON r.seq = e.seq
HAVING count(*) > 0
UNION ALL
SELECT 'postings without an account', count(*)
FROM posting p ANTI JOIN account a ON a.portfolio = p.portfolio AND a.code = p.account
WHERE p.account NOT LIKE 'world:%'
HAVING count(*) > 0
UNION ALL
SELECT 'accounts without a portfolio', count(*)
FROM account a ANTI JOIN portfolio p ON p.name = a.portfolio
HAVING count(*) > 0
