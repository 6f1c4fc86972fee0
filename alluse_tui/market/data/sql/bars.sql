-- Reads the view `text` (row, width, date, open, high, low, close, volume: as typed) into the table
-- `bar`. A row that is not a bar has a `problem` and no day. Prices are rounded to millionths. Texts
-- are cleaned (`cleaned`) only where they cannot be cast as they are, which is much faster.

CREATE TEMP MACRO without_thousands(text) AS
    CASE
        WHEN regexp_full_match(text, '\$?\d{1,3}(,\d{3})+\.\d*') THEN replace(ltrim(text, '$'), ',', '')
        ELSE ltrim(text, '$')
    END;
CREATE TEMP MACRO price(text) AS
    coalesce(
        TRY_CAST(text AS DECIMAL(18, 6)),
        TRY_CAST(without_thousands(cleaned(text)) AS DECIMAL(18, 6))
    );
CREATE TEMP MACRO plausible(day) AS CASE WHEN day BETWEEN '1000-01-01' AND '9999-12-31' THEN day END;
CREATE TEMP MACRO day_of(text) AS
    coalesce(
        TRY_CAST(text AS DATE),
        CAST(TRY_STRPTIME(cleaned(text), ['%Y%m%d', '%m/%d/%Y', '%b %d, %Y']) AS DATE)
    );
CREATE TEMP MACRO shares(text) AS
    coalesce(
        TRY_CAST(text AS BIGINT),
        CAST(TRY_CAST(replace(cleaned(text), ',', '') AS DECIMAL(18, 0)) AS BIGINT)
    );
CREATE TEMP MACRO counted(fields) AS fields || CASE fields WHEN 1 THEN ' field' ELSE ' fields' END;
CREATE TEMP MACRO price_problem(name, text) AS
    CASE
        WHEN coalesce(cleaned(text), '') = '' THEN name || ' is missing'
        WHEN price(text) <= 0 THEN name || ' is ' || cleaned(text) || '; a price must be above 0'
        WHEN price(text) IS NOT NULL THEN NULL
        WHEN contains(cleaned(text), ',')
            THEN name || ' ''' || left(cleaned(text), 40)
                || ''' has a decimal comma; write a decimal point'
        ELSE name || ' ''' || left(cleaned(text), 40) || ''' is not a number'
    END;

CREATE TEMP TABLE bar AS
WITH parsed AS (
    SELECT
        *,
        plausible(day_of(date)) AS day,
        price(open) AS open_price,
        price(high) AS high_price,
        price(low) AS low_price,
        price(close) AS close_price,
        shares(volume) AS volume_shares
    FROM text
),
judged AS (
    SELECT
        *,
        CASE
            WHEN width = $width AND day IS NOT NULL
                AND open_price > 0 AND high_price > 0 AND low_price > 0 AND close_price > 0
                THEN CASE
                    WHEN high_price < low_price THEN 'high ' || cleaned(high) || ' is below low ' || cleaned(low)
                END
            WHEN width > $width
                THEN 'has ' || counted(width) || ' where the header has ' || $width
                    || '; are the numbers written with a decimal comma?'
            WHEN width < $width
                THEN 'has ' || counted(width) || ' where the header has ' || $width
            WHEN day IS NULL
                THEN 'date ''' || left(coalesce(cleaned(date), ''), 40)
                    || ''' is not a date; write YYYY-MM-DD'
            ELSE coalesce(
                price_problem('open', open), price_problem('high', high),
                price_problem('low', low), price_problem('close', close)
            )
        END AS problem
    FROM parsed
)
SELECT
    row,
    problem,
    CASE WHEN problem IS NULL THEN day END AS day,
    open_price AS open,
    high_price AS high,
    low_price AS low,
    close_price AS close,
    CASE WHEN volume_shares >= 0 THEN volume_shares END AS volume,
    coalesce(volume_shares < 0, coalesce(cleaned(volume), '') <> '') AS lost_volume
FROM judged;
