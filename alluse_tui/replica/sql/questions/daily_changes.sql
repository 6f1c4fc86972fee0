-- What each account of $portfolio gained or lost on each day, by kind of entry and currency, in
-- micros. Entries that were undone and their reversals are left out; the undo of a fork returns what
-- its account holds by then, so both of its entries count.
SELECT p.account, p.effective, p.currency, e.kind,
       (sum(p.amount)::DECIMAL(38, 6) * 1000000)::BIGINT AS micros
FROM posting p
JOIN entry e ON e.seq = p.seq AND e.n = p.n
WHERE p.portfolio = $portfolio AND p.account NOT LIKE 'world:%'
  AND (e.kind = 'fork' OR (
      e.reverses IS NULL
      AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
  ))
GROUP BY p.account, p.effective, p.currency, e.kind
ORDER BY p.account, p.effective, p.currency, e.kind
