-- The base (net contributed capital) of every account at the end of a day, by currency.
SELECT portfolio, account, currency AS key,
       (sum(amount)::DECIMAL(38, 6) * 1000000)::BIGINT AS micros
FROM base_change
WHERE effective <= $day
GROUP BY portfolio, account, currency
HAVING sum(amount) <> 0
