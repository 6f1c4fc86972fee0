-- The cycles of a portfolio, or of one account if $account is not empty: all open ones, then the
-- newest $count closed ones. Amounts are micros, `annual` is in tenths of a per cent, and the days
-- of an open cycle are those until $today.
SELECT account, symbol, currency, opened, closed,
       (premium::DECIMAL(38, 6) * 1000000)::BIGINT AS premium,
       (fees::DECIMAL(38, 6) * 1000000)::BIGINT AS fees,
       (dividends::DECIMAL(38, 6) * 1000000)::BIGINT AS dividends,
       (cash::DECIMAL(38, 6) * 1000000)::BIGINT AS cash,
       (realised::DECIMAL(38, 6) * 1000000)::BIGINT AS realised,
       (capital::DECIMAL(38, 6) * 1000000)::HUGEINT AS capital,
       coalesce(days, greatest(1, $today::DATE - opened)) AS days,
       (annual * 10)::BIGINT AS annual, is_known
FROM cycle
WHERE portfolio = $portfolio AND ($account = '' OR account = $account)
QUALIFY closed IS NULL OR row_number() OVER (
    PARTITION BY closed IS NULL ORDER BY closed DESC, opened DESC, account, symbol, currency
) <= $count
ORDER BY closed DESC NULLS FIRST, opened DESC, account, symbol, currency
