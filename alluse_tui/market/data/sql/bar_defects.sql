-- Collects what is wrong with the rows of `bar` in the table `defect` (row, why, refuses).
-- `closed` (day, name): weekdays without trading. `split_day` (day): known splits of the symbol.

CREATE TEMP TABLE defect (row BIGINT, why VARCHAR, refuses BOOLEAN);

INSERT INTO defect
SELECT row, problem, true FROM bar WHERE problem IS NOT NULL
UNION ALL
SELECT
    row,
    concat_ws(
        ' and ',
        CASE WHEN open NOT BETWEEN low AND high THEN 'open ' || trim_zeros(open) END,
        CASE WHEN close NOT BETWEEN low AND high THEN 'close ' || trim_zeros(close) END
    ) || ' outside the day''s range, ' || trim_zeros(low) || ' to ' || trim_zeros(high),
    false
FROM bar
WHERE problem IS NULL AND (open NOT BETWEEN low AND high OR close NOT BETWEEN low AND high)
UNION ALL
SELECT row, 'volume is not a number and is left out', false
FROM bar
WHERE problem IS NULL AND lost_volume
UNION ALL
SELECT
    row,
    day || ' was no trading day (' || coalesce(name, dayname(day)) || ')',
    false
FROM bar LEFT JOIN closed USING (day)
WHERE problem IS NULL AND (isodow(day) > 5 OR name IS NOT NULL);

CREATE TEMP TABLE in_file AS
SELECT row, day, lag(day) OVER (ORDER BY row) AS previous_day, lag(row) OVER (ORDER BY row) AS previous_row
FROM bar
WHERE day IS NOT NULL;

INSERT INTO defect
WITH steps AS (
    SELECT count(*) FILTER (day < previous_day) AS back, count(*) FILTER (day > previous_day) AS forth
    FROM in_file
)
SELECT row, day || ' is before ' || previous_day || ' in row ' || previous_row || '; sort the rows by date', true
FROM in_file, steps
WHERE day < previous_day AND forth > 0
UNION ALL
SELECT min(row), 'the dates run backwards from here; the rows are stored oldest first', false
FROM in_file, steps
WHERE day < previous_day AND forth = 0
HAVING count(*) > 0;

CREATE TEMP TABLE by_day AS
SELECT
    *,
    lag(close) OVER (ORDER BY day, row) AS previous_close,
    lag(day) OVER (ORDER BY day, row) AS previous_day,
    lag(row) OVER (ORDER BY day, row) AS previous_row
FROM bar
WHERE day IS NOT NULL
ORDER BY day, row;

INSERT INTO defect
SELECT row, day || ' is also in row ' || previous_row, true FROM by_day WHERE day = previous_day;

INSERT INTO defect
WITH gap AS (
    SELECT row, day, previous_day FROM by_day WHERE day > previous_day + 1
),
absent AS (
    SELECT row, gap.day AS before, CAST(unnested AS DATE) AS day
    FROM gap, unnest(generate_series(previous_day + 1, gap.day - 1, INTERVAL 1 DAY)) AS series(unnested)
)
SELECT
    row,
    count(*) || CASE count(*) WHEN 1 THEN ' trading day is' ELSE ' trading days are' END
        || ' missing before ' || before || ': ' || min(day)
        || CASE count(*) WHEN 1 THEN '' ELSE ' to ' || max(day) END,
    false
FROM absent ANTI JOIN closed USING (day)
WHERE isodow(day) < 6
GROUP BY row, before;

INSERT INTO defect
WITH usual AS (
    SELECT quantile_disc(abs(ln(close / previous_close)), 0.5) AS daily FROM by_day WHERE previous_close IS NOT NULL
),
jump AS (
    SELECT
        row,
        day,
        previous_close,
        open,
        CAST(greatest(previous_close / open, open / previous_close) AS DOUBLE) AS factor,
        CAST(greatest(previous_close / close, close / previous_close) AS DOUBLE) AS day_factor,
        previous_close > open AS falls
    FROM by_day
    WHERE previous_close > open * 1.4 OR open > previous_close * 1.4
),
nearest AS (
    SELECT
        *,
        CASE WHEN factor < 1.75 THEN 1.5 ELSE round(factor) END AS shares
    FROM jump
)
SELECT
    row,
    'the price jumps from ' || trim_zeros(previous_close) || ' to ' || trim_zeros(open)
        || ', as in a split of '
        || CASE WHEN shares = 1.5 AND falls THEN '3:2' WHEN shares = 1.5 THEN '2:3'
            WHEN falls THEN CAST(shares AS BIGINT) || ':1' ELSE '1:' || CAST(shares AS BIGINT) END
        || ' that the prices are not adjusted for',
    NOT $accept_jumps
FROM nearest ANTI JOIN split_day USING (day), usual
WHERE abs(ln(factor / shares)) < 0.06
    AND abs(ln(day_factor / shares)) < 0.15
    AND (shares > 1.5 OR ln(shares) > 15 * usual.daily);
