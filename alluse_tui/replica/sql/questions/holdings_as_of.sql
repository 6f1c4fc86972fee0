-- What every account held at the end of a day, by instrument and currency.
SELECT portfolio, account, instrument || ':' || currency AS key,
       (sum(quantity)::DECIMAL(38, 6) * 1000000)::BIGINT AS quantity_micros,
       (sum(amount)::DECIMAL(38, 6) * 1000000)::BIGINT AS value_micros
FROM holding_change
WHERE effective <= $day
GROUP BY portfolio, account, instrument, currency
HAVING sum(quantity) <> 0 OR sum(amount) <> 0
