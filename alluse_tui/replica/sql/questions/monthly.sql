-- Monthly gain, opening balance and return of each account, by currency.
SELECT m.account, a.tier, m.month, m.currency, (m.gain::DECIMAL(38, 6) * 1000000)::BIGINT AS gain,
       (m.begins::DECIMAL(38, 6) * 1000000)::BIGINT AS begins, m.rate
FROM monthly_return m
JOIN account a ON a.portfolio = m.portfolio AND a.code = m.account
WHERE m.portfolio = $portfolio
ORDER BY m.account, m.month, m.currency
