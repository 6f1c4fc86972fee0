-- Premium, dividends, interest, tax and fees that were posted to the accounts $accounts (codes
-- joined by commas) as cash of their own, in micros, negative when paid. The fees of trades are
-- left out, as lots have them, but for those in another currency than the trade's.
SELECT c.account, e.effective, CASE WHEN p.account = 'world:fees' THEN 'fee' ELSE e.kind END AS kind,
       e.symbol, p.currency, (-p.amount::DECIMAL(38, 6) * 1000000)::BIGINT AS micros
FROM entry e
JOIN posting p ON p.seq = e.seq AND p.n = e.n
JOIN (
    SELECT DISTINCT seq, n, account
    FROM posting
    WHERE portfolio = $portfolio AND bucket = 'cash'
      AND account IN (SELECT unnest(string_split($accounts, ',')))
) c ON c.seq = e.seq AND c.n = e.n
WHERE e.portfolio = $portfolio AND e.reverses IS NULL AND p.account LIKE 'world:%'
  AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
  AND (e.kind IN ('premium', 'dividend', 'interest', 'tax', 'fee')
       OR (p.account = 'world:fees' AND NOT EXISTS (
           SELECT 1 FROM holding_change h
           WHERE h.seq = p.seq AND h.n = p.n AND h.currency = p.currency
       )))
ORDER BY e.effective, e.seq, e.n, p.currency
