-- The indicators at the newest bar on or before $day, in one pass over the view `bar` (micros).
-- Wilder's ATR is smoothed from the average of the first $period true ranges on, so a range of age
-- a has the weight (1 - 1/period)^a / period, and each of the first ones that of the last of them.
WITH total AS (SELECT count(*) AS bars FROM bar WHERE day <= $day),
ranged AS (
    SELECT
        day,
        close,
        bars - 1 - place AS age,
        bars,
        ln(close / lag(close) OVER (ORDER BY place)) AS log_return,
        greatest(high, lag(close) OVER (ORDER BY place)) - least(low, lag(close) OVER (ORDER BY place))
            AS true_range
    FROM bar, total
    WHERE day <= $day
)
SELECT
    count(*) AS bars,
    max(day) AS day,
    arg_min(close, age) AS close,
    round(sum(true_range * power(1 - 1 / CAST($period AS DOUBLE), least(age, bars - $period))) / $period)
        AS atr,
    round(avg(close) FILTER (age < 50)) AS average_50,
    round(avg(close) FILTER (age < 200)) AS average_200,
    round(stddev_samp(log_return) FILTER (age < 20) * sqrt(252) * 10000) AS volatility_bps,
    max(close) AS peak,
    arg_max(day, close) AS peak_day
FROM ranged;
