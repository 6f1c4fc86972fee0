COMMENT ON TABLE meta IS 'Origin of this file';
COMMENT ON COLUMN meta.origin IS 'Unique identity of the journal';
COMMENT ON COLUMN meta.schema IS 'Version of these tables and views';
COMMENT ON COLUMN meta.head_seq IS 'The newest record in this file';
COMMENT ON COLUMN meta.head_hash IS 'Hash of that record';

COMMENT ON TABLE record IS 'One row per journal record: a command that was executed or refused';
COMMENT ON COLUMN record.seq IS 'Consecutive number in the journal';
COMMENT ON COLUMN record.recorded_ns IS 'Nanoseconds since 1970-01-01 UTC';
COMMENT ON COLUMN record.recorded IS 'The same time as a UTC timestamp';
COMMENT ON COLUMN record.portfolio IS 'Portfolio of the command; empty if it concerns none or several';
COMMENT ON COLUMN record.actor IS 'User who gave the command';
COMMENT ON COLUMN record.command IS 'Name of the command';
COMMENT ON COLUMN record.note IS 'Note of the user';
COMMENT ON COLUMN record.part IS 'Number of this part of the command, from 1; a long import has many';
COMMENT ON COLUMN record.parts IS 'Number of parts of the command';
COMMENT ON COLUMN record.refusal IS 'Reason of the refusal; NULL if the command was executed';

COMMENT ON TABLE portfolio IS 'One row per portfolio';
COMMENT ON COLUMN portfolio.seq IS 'Record that opened it';
COMMENT ON COLUMN portfolio.name IS 'Name, unique in the file';
COMMENT ON COLUMN portfolio.currency IS 'Reporting currency';
COMMENT ON COLUMN portfolio.opened IS 'Opening date';
COMMENT ON COLUMN portfolio.template IS 'Policy template at the opening';
COMMENT ON COLUMN portfolio.strategy IS 'Strategy at the opening';

COMMENT ON TABLE account IS 'Every account ever opened';
COMMENT ON COLUMN account.seq IS 'Record that opened it';
COMMENT ON COLUMN account.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN account.code IS 'Code such as gen-1, unique in the portfolio and never reused';
COMMENT ON COLUMN account.tier IS 'gen, rev or com';
COMMENT ON COLUMN account.parent IS 'Code of the parent account at the opening; empty for none';
COMMENT ON COLUMN account.name IS 'Name at the opening; account_now has the current one';
COMMENT ON COLUMN account.opened IS 'Opening date';

COMMENT ON TABLE entry IS 'One row per entry: a movement of money, whose postings sum to zero';
COMMENT ON COLUMN entry.seq IS 'Record that holds it';
COMMENT ON COLUMN entry.n IS 'Position in that record, from 0';
COMMENT ON COLUMN entry.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN entry.kind IS 'Kind of entry: deposit, trade, fee …';
COMMENT ON COLUMN entry.effective IS 'Effective date, New York';
COMMENT ON COLUMN entry.note IS 'Note of the entry';
COMMENT ON COLUMN entry.key IS 'Broker''s id of the row; empty for manual entries';
COMMENT ON COLUMN entry.reverses IS 'First record that this entry reverses; NULL for none';
COMMENT ON COLUMN entry.lots IS 'Records of the lots that a trade names to be closed; empty if the lot method decides';
COMMENT ON COLUMN entry.symbol IS 'Underlying that cash belongs to, such as that of a dividend; empty for none';

COMMENT ON TABLE posting IS 'The legs of entries, by account and date';
COMMENT ON COLUMN posting.seq IS 'Record that holds its entry';
COMMENT ON COLUMN posting.n IS 'Position of the entry in that record';
COMMENT ON COLUMN posting.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN posting.account IS 'Account code, or world:* for an external counterparty';
COMMENT ON COLUMN posting.bucket IS 'cash, contracts, leaps, taxes or positions; empty for world:*';
COMMENT ON COLUMN posting.currency IS 'Currency of the amount';
COMMENT ON COLUMN posting.amount IS 'Amount in units of currency, exact to the millionth';
COMMENT ON COLUMN posting.effective IS 'Effective date, New York';

COMMENT ON TABLE base_change IS 'Changes of the base (net contributed capital) of accounts';
COMMENT ON COLUMN base_change.seq IS 'Record that holds its entry';
COMMENT ON COLUMN base_change.n IS 'Position of the entry in that record';
COMMENT ON COLUMN base_change.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN base_change.account IS 'Account code';
COMMENT ON COLUMN base_change.currency IS 'Reporting currency, or the amount''s own if no rate was known';
COMMENT ON COLUMN base_change.amount IS 'Amount in units of currency';
COMMENT ON COLUMN base_change.effective IS 'Effective date, New York';

COMMENT ON TABLE holding_change IS 'Changes of the accounts'' holdings by entries';
COMMENT ON COLUMN holding_change.seq IS 'Record that holds its entry';
COMMENT ON COLUMN holding_change.n IS 'Position of the entry in that record';
COMMENT ON COLUMN holding_change.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN holding_change.account IS 'Account code';
COMMENT ON COLUMN holding_change.instrument IS 'Symbol of a share, or symbol, expiry, strike and right of an option';
COMMENT ON COLUMN holding_change.currency IS 'Currency of the value';
COMMENT ON COLUMN holding_change.quantity IS 'Change in shares or contracts, negative for sales';
COMMENT ON COLUMN holding_change.amount IS 'Change of the value carried in positions';
COMMENT ON COLUMN holding_change.effective IS 'Effective date, New York';
COMMENT ON COLUMN holding_change.place IS 'Position of the change in its entry, from 0; a roll closes first';
COMMENT ON COLUMN holding_change.replaces IS 'Instrument that an adjustment turned into this one; empty for other changes';
COMMENT ON COLUMN holding_change.contract IS 'The broker''s contract id of the instrument; empty if unknown';

COMMENT ON TABLE rate_change IS 'Exchange rates as they were set; the newest seq of a day applies';
COMMENT ON COLUMN rate_change.seq IS 'Record that set it';
COMMENT ON COLUMN rate_change.n IS 'Position in that record';
COMMENT ON COLUMN rate_change.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN rate_change.currency IS 'Priced currency';
COMMENT ON COLUMN rate_change.against IS 'Currency in which the price is given';
COMMENT ON COLUMN rate_change.effective IS 'Date of the rate, New York';
COMMENT ON COLUMN rate_change.nanos IS 'Billionths of against per unit of currency; 0: rate removed';

COMMENT ON VIEW rate IS 'Exchange rates in force';
COMMENT ON VIEW account_balance IS 'Balance of each account by bucket and currency';
COMMENT ON VIEW holding IS 'Holdings of each account and their carried value';
COMMENT ON VIEW account_entry IS 'Each entry as seen from each account; the amount is its cash, or the change in value of a mark';
COMMENT ON VIEW account_now IS 'Accounts with their current name, notes, status and parent';
COMMENT ON VIEW account_tree IS 'Balance of each account and of its whole subtree, by currency';
COMMENT ON VIEW monthly_return IS
    'Modified Dietz return by account, currency and month with changes: the gain divided by the
    opening balance plus the flows weighted by their days; a conversion is an outflow of one
    currency and an inflow of the other';

COMMENT ON VIEW cycle IS
    'Wheel cycles: what an account did with one underlying in one currency, from flat to flat.
    Amounts are in that currency. premium is the cash of options before fees; cash is all that was
    received and paid; realised is the cash of a closed cycle, NULL while it is open and where
    is_known is false, because a part was opened before the records begin or was recovered. capital
    is the peak of strike x deliverable of short puts and the cost of shares held; annual is
    realised / capital x 365 / days, in per cent. closed and days are NULL while it is open';

COMMENT ON TABLE account_change IS 'Changes of account attributes; the newest seq applies';
COMMENT ON COLUMN account_change.seq IS 'Record that changed it';
COMMENT ON COLUMN account_change.n IS 'Position in that record';
COMMENT ON COLUMN account_change.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN account_change.account IS 'Account code';
COMMENT ON COLUMN account_change.what IS 'Attribute: name, notes, status or parent';
COMMENT ON COLUMN account_change.value IS 'New value';

COMMENT ON TABLE setting_change IS 'Changes of policy settings';
COMMENT ON COLUMN setting_change.seq IS 'Record that changed it';
COMMENT ON COLUMN setting_change.n IS 'Position in that record';
COMMENT ON COLUMN setting_change.portfolio IS 'Portfolio it belongs to';
COMMENT ON COLUMN setting_change.account IS 'Account whose override changed; empty for the portfolio''s setting';
COMMENT ON COLUMN setting_change.path IS 'Setting, as in `alluse policy show`';
COMMENT ON COLUMN setting_change.value IS 'New value; empty if the override was removed';
COMMENT ON COLUMN setting_change.previous IS 'Old value';

COMMENT ON TABLE alert_note IS 'Acknowledged alerts, and alerts hidden until a date';
COMMENT ON COLUMN alert_note.seq IS 'Record of the note';
COMMENT ON COLUMN alert_note.n IS 'Position in that record';
COMMENT ON COLUMN alert_note.portfolio IS 'Portfolio of the alert';
COMMENT ON COLUMN alert_note.alert IS 'Alert, as in `alluse alerts`';
COMMENT ON COLUMN alert_note.until IS 'Hidden before that date; empty if it was acknowledged or the note was undone';

COMMENT ON TABLE reversal IS 'Records that were undone, and the records that undid them';
COMMENT ON COLUMN reversal.seq IS 'Record that undid them';
COMMENT ON COLUMN reversal.first_seq IS 'First undone record';
COMMENT ON COLUMN reversal.last_seq IS 'Last undone record';
