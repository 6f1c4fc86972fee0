-- Reads the view `text` (row, width, date, open, high, low, close, volume: as typed) into the table `bar`.
-- A row that is not a bar has a `problem` and no day. Prices are rounded to millionths.

CREATE TEMP MACRO without_thousands(text) AS
    CASE
        WHEN regexp_full_match(text, '\$?\d{1,3}(,\d{3})+\.\d*') THEN replace(ltrim(text, '$'), ',', '')
        ELSE ltrim(text, '$')
    END;
CREATE TEMP MACRO price(text) AS
    coalesce(TRY_CAST(text AS DECIMAL(18, 6)), TRY_CAST(without_thousands(text) AS DECIMAL(18, 6)));
CREATE TEMP MACRO day_of(text) AS
    coalesce(
        TRY_CAST(text AS DATE),
        CAST(TRY_STRPTIME(text, ['%Y%m%d', '%m/%d/%Y', '%b %d, %Y']) AS DATE)
    );
CREATE TEMP MACRO price_problem(name, text) AS
    CASE
        WHEN coalesce(text, '') = '' THEN name || ' is missing'
        WHEN price(text) <= 0 THEN name || ' is ' || text || '; a price must be above 0'
        WHEN price(text) IS NOT NULL THEN NULL
        WHEN contains(text, ',')
            THEN name || ' ''' || left(text, 40) || ''' has a decimal comma; write a decimal point'
        ELSE name || ' ''' || left(text, 40) || ''' is not a number'
    END;

CREATE TEMP TABLE bar AS
WITH parsed AS (
    SELECT
        *,
        day_of(date) AS day,
        price(open) AS open_price,
        price(high) AS high_price,
        price(low) AS low_price,
        price(close) AS close_price
    FROM text
),
judged AS (
    SELECT
        *,
        CASE
            WHEN width = $width AND day IS NOT NULL
                AND open_price > 0 AND high_price > 0 AND low_price > 0 AND close_price > 0
                THEN CASE
                    WHEN high_price < low_price THEN 'high ' || high || ' is below low ' || low
                END
            WHEN width > $width
                THEN 'has ' || width || ' fields where the header has ' || $width
                    || '; are the numbers written with a decimal comma?'
            WHEN width < $width
                THEN 'has ' || width || ' fields where the header has ' || $width
            WHEN day IS NULL
                THEN 'date ''' || left(coalesce(date, ''), 40) || ''' is not a date; write YYYY-MM-DD'
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
    CAST(TRY_CAST(volume AS DECIMAL(18, 0)) AS BIGINT) AS volume,
    coalesce(volume, '') <> '' AND TRY_CAST(volume AS DECIMAL(18, 0)) IS NULL AS lost_volume
FROM judged;
