-- Each account's months: what it earned, on what, and how deep it stood below its best before.
SELECT m.account, a.tier, m.month, (m.gain::DECIMAL(38, 6) * 1000000)::BIGINT AS gain,
       (m.begins::DECIMAL(38, 6) * 1000000)::BIGINT AS begins, m.rate
FROM monthly_return m
JOIN account a ON a.portfolio = m.portfolio AND a.code = m.account
JOIN portfolio p ON p.name = m.portfolio AND p.currency = m.currency
WHERE m.portfolio = $portfolio
ORDER BY m.account, m.month
