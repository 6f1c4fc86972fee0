-- An account's newest entries, newest first, each with all its holding changes and postings.
WITH line AS (
    SELECT seq, n, effective, recorded_ns, kind, account, amount, currency, note, actor, reverses
    FROM account_entry
    WHERE portfolio = $portfolio AND account = $account
    ORDER BY seq DESC, n DESC, currency
    LIMIT $count
),
shown AS (
    SELECT DISTINCT seq, n FROM line
),
held AS (
    SELECT seq, n, list({
        'account': account, 'instrument': instrument, 'currency': currency,
        'quantity_micros': (quantity::DECIMAL(38, 6) * 1000000)::BIGINT,
        'value_micros': (amount::DECIMAL(38, 6) * 1000000)::BIGINT,
        'replaces': replaces
    } ORDER BY place) AS holdings
    FROM holding_change
    JOIN shown USING (seq, n)
    GROUP BY seq, n
),
posted AS (
    SELECT seq, n, list({
        'account': account, 'bucket': bucket, 'currency': currency,
        'micros': (amount::DECIMAL(38, 6) * 1000000)::BIGINT
    }) AS postings
    FROM posting
    JOIN shown USING (seq, n)
    GROUP BY seq, n
)
SELECT seq, effective, recorded_ns, kind, account, amount, currency, note, actor, reverses,
       holdings, postings
FROM line
LEFT JOIN held USING (seq, n)
LEFT JOIN posted USING (seq, n)
ORDER BY seq DESC, n DESC, currency
