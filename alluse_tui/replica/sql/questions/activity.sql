-- The newest records after record $after that moved money in a portfolio, newest first; the parts
-- of an import count as one. Between accounts, `micros` is the amount that moved. A record of one
-- entry has its holding changes and postings.
WITH part AS (
    SELECT seq, seq - part + 1 AS first_seq, recorded_ns, actor, command, note
    FROM record
    WHERE seq > $after
),
newest AS (
    SELECT DISTINCT p.first_seq
    FROM part p
    JOIN posting l ON l.seq = p.seq
    WHERE l.portfolio = $portfolio AND l.seq > $after AND l.account NOT LIKE 'world:%'
    ORDER BY ALL DESC
    LIMIT $count
),
line AS (
    SELECT p.first_seq, p.recorded_ns, p.actor, p.command, p.note, a.kind, a.account, a.currency,
           (a.amount::DECIMAL(38, 6) * 1000000)::BIGINT AS micros, (a.seq, a.n) AS entry,
           a.seq, a.n, a.reverses, b.seq AS undone
    FROM part p
    JOIN newest USING (first_seq)
    JOIN account_entry a ON a.seq = p.seq
    LEFT JOIN (SELECT reverses, min(seq) AS seq FROM entry WHERE reverses > $after GROUP BY 1) b
      ON b.reverses = a.seq
    WHERE a.portfolio = $portfolio AND a.seq > $after
),
single AS (
    SELECT min(seq) AS seq, min(n) AS n FROM line GROUP BY first_seq HAVING count(DISTINCT entry) = 1
),
held AS (
    SELECT seq, n, list({
        'account': account, 'instrument': instrument, 'currency': currency,
        'quantity_micros': (quantity::DECIMAL(38, 6) * 1000000)::BIGINT,
        'value_micros': (amount::DECIMAL(38, 6) * 1000000)::BIGINT,
        'replaces': replaces
    } ORDER BY place) AS holdings
    FROM holding_change
    JOIN single USING (seq, n)
    WHERE seq > $after
    GROUP BY seq, n
),
posted AS (
    SELECT seq, n, list({
        'account': account, 'bucket': bucket, 'currency': currency,
        'micros': (amount::DECIMAL(38, 6) * 1000000)::BIGINT
    }) AS postings
    FROM posting
    JOIN single USING (seq, n)
    WHERE seq > $after
    GROUP BY seq, n
)
SELECT first_seq AS seq, max(recorded_ns) AS recorded_ns, any_value(actor) AS actor,
       CASE WHEN count(DISTINCT entry) = 1 THEN any_value(kind)
            WHEN any_value(command) = 'post' THEN arg_min(kind, (seq, n))
            ELSE any_value(command) END AS kind,
       CASE WHEN count(DISTINCT account) = 1 THEN min(account)
            WHEN count(DISTINCT account) = 2 AND count(DISTINCT entry) = 1
            THEN arg_min(account, micros) || '→' || arg_max(account, micros)
            ELSE count(DISTINCT account)::VARCHAR || ' accounts' END AS account,
       CASE WHEN count(DISTINCT entry) > 1 OR count(DISTINCT currency) > 1 THEN NULL
            WHEN count(DISTINCT account) = 1 THEN max(micros)
            ELSE sum(greatest(micros, 0))::BIGINT END AS micros,
       any_value(currency) AS currency,
       count(DISTINCT entry) = 1 AND count(DISTINCT account) > 1 AS internal,
       any_value(note) AS note,
       count(DISTINCT entry)::INTEGER AS entries,
       coalesce(min(reverses), 0) AS undoes,
       coalesce(min(undone), 0) AS undone,
       any_value(holdings) AS holdings,
       any_value(postings) AS postings
FROM line
LEFT JOIN held USING (seq, n)
LEFT JOIN posted USING (seq, n)
GROUP BY first_seq
ORDER BY first_seq DESC
