-- An account's newest entries, newest first.
SELECT seq, effective, recorded_ns, kind, account, amount, currency, note, actor, reverses
FROM account_entry
WHERE portfolio = $portfolio AND account = $account
ORDER BY seq DESC, n DESC, currency
LIMIT $count
