-- Balances of every account at the end of a day.
SELECT portfolio, account, bucket || ':' || currency AS key,
       (sum(amount)::DECIMAL(38, 6) * 1000000)::BIGINT AS micros
FROM posting
WHERE effective <= $day AND account NOT LIKE 'world:%'
GROUP BY portfolio, account, bucket, currency
HAVING sum(amount) <> 0
