COMMENT ON TABLE meta IS 'What this file was built from';
COMMENT ON COLUMN meta.origin IS 'Names the journal and no other';
COMMENT ON COLUMN meta.schema IS 'The shape of these tables';
COMMENT ON COLUMN meta.head_seq IS 'The newest record in this file';
COMMENT ON COLUMN meta.head_hash IS 'That record''s hash';

COMMENT ON TABLE record IS 'One row per journal record: who did what when, or was refused';
COMMENT ON COLUMN record.seq IS 'Number in the journal, without gaps';
COMMENT ON COLUMN record.recorded_ns IS 'Nanoseconds since 1970-01-01 UTC';
COMMENT ON COLUMN record.recorded IS 'The same moment, UTC';
COMMENT ON COLUMN record.portfolio IS 'What it was about; empty when not one portfolio';
COMMENT ON COLUMN record.actor IS 'Who';
COMMENT ON COLUMN record.command IS 'What was asked for';
COMMENT ON COLUMN record.note IS 'In the actor''s words';
COMMENT ON COLUMN record.part IS 'Which part of its command this is, from 1; a long import has many';
COMMENT ON COLUMN record.parts IS 'How many parts its command has';
COMMENT ON COLUMN record.refusal IS 'Why the command was refused; NULL when it was carried out';

COMMENT ON TABLE portfolio IS 'One ALL-USE system each';
COMMENT ON COLUMN portfolio.seq IS 'The record that opened it';
COMMENT ON COLUMN portfolio.name IS 'Its name, unique in the file';
COMMENT ON COLUMN portfolio.currency IS 'What its figures are in';
COMMENT ON COLUMN portfolio.opened IS 'When it began';
COMMENT ON COLUMN portfolio.template IS 'The policy template it opened with';
COMMENT ON COLUMN portfolio.strategy IS 'The strategy it opened with';

COMMENT ON TABLE account IS 'Every account ever opened';
COMMENT ON COLUMN account.seq IS 'The record that opened it';
COMMENT ON COLUMN account.portfolio IS 'Whose it is';
COMMENT ON COLUMN account.code IS 'Unique in its portfolio for ever, such as gen-1';
COMMENT ON COLUMN account.tier IS 'gen, rev or com';
COMMENT ON COLUMN account.parent IS 'The code it descends from; empty for none';
COMMENT ON COLUMN account.name IS 'What it was called when it was opened; account_now has today''s';
COMMENT ON COLUMN account.opened IS 'When it began';

COMMENT ON TABLE entry IS 'One row per entry: money that moved, its postings sum to zero';
COMMENT ON COLUMN entry.seq IS 'The record that holds it';
COMMENT ON COLUMN entry.n IS 'Its place in that record, from 0';
COMMENT ON COLUMN entry.portfolio IS 'Whose it is';
COMMENT ON COLUMN entry.kind IS 'What happened: deposit, trade, fee …';
COMMENT ON COLUMN entry.effective IS 'The date on which it counts, New York';
COMMENT ON COLUMN entry.note IS 'In somebody''s words';
COMMENT ON COLUMN entry.key IS 'The broker''s own number of the row; empty when typed';
COMMENT ON COLUMN entry.reverses IS 'The first record that this entry takes back; NULL for none';

COMMENT ON TABLE posting IS 'The legs of entries, by account and date';
COMMENT ON COLUMN posting.seq IS 'The record that holds its entry';
COMMENT ON COLUMN posting.n IS 'The entry''s place in that record';
COMMENT ON COLUMN posting.portfolio IS 'Whose it is';
COMMENT ON COLUMN posting.account IS 'A code, or a world:* account for the outside';
COMMENT ON COLUMN posting.bucket IS 'cash, contracts, leaps or positions; empty for world:*';
COMMENT ON COLUMN posting.currency IS 'What the amount is in';
COMMENT ON COLUMN posting.amount IS 'In units of currency, exact to the millionth';
COMMENT ON COLUMN posting.effective IS 'The date on which it counts, New York';

COMMENT ON TABLE base_change IS 'Capital brought into accounts or taken out';
COMMENT ON COLUMN base_change.seq IS 'The record that holds its entry';
COMMENT ON COLUMN base_change.n IS 'The entry''s place in that record';
COMMENT ON COLUMN base_change.portfolio IS 'Whose it is';
COMMENT ON COLUMN base_change.account IS 'The account''s code';
COMMENT ON COLUMN base_change.currency IS 'The portfolio''s, or its own where no rate was known';
COMMENT ON COLUMN base_change.amount IS 'In units of currency';
COMMENT ON COLUMN base_change.effective IS 'The date on which it counts, New York';

COMMENT ON TABLE holding_change IS 'What entries did to what accounts hold';
COMMENT ON COLUMN holding_change.seq IS 'The record that holds its entry';
COMMENT ON COLUMN holding_change.n IS 'The entry''s place in that record';
COMMENT ON COLUMN holding_change.portfolio IS 'Whose it is';
COMMENT ON COLUMN holding_change.account IS 'The account''s code';
COMMENT ON COLUMN holding_change.instrument IS 'A share, or symbol, expiry, strike and right';
COMMENT ON COLUMN holding_change.currency IS 'What it is valued in';
COMMENT ON COLUMN holding_change.quantity IS 'Shares or contracts, negative when sold';
COMMENT ON COLUMN holding_change.amount IS 'What it did to the value carried in positions';
COMMENT ON COLUMN holding_change.effective IS 'The date on which it counts, New York';

COMMENT ON TABLE rate_change IS 'Exchange rates as they were set; the newest seq of a day counts';
COMMENT ON COLUMN rate_change.seq IS 'The record that set it';
COMMENT ON COLUMN rate_change.n IS 'Its place in that record';
COMMENT ON COLUMN rate_change.portfolio IS 'Whose it is';
COMMENT ON COLUMN rate_change.currency IS 'One unit of this …';
COMMENT ON COLUMN rate_change.against IS '… is worth so much of this';
COMMENT ON COLUMN rate_change.effective IS 'On that day, New York';
COMMENT ON COLUMN rate_change.nanos IS 'Billionths of against per unit of currency; 0: taken away';

COMMENT ON VIEW rate IS 'Exchange rates that stand';
COMMENT ON VIEW account_balance IS 'What each account has in each bucket and currency';
COMMENT ON VIEW holding IS 'What each account holds, and the value carried for it';
COMMENT ON VIEW account_entry IS 'Each entry from each account''s side: cash if it moved any';
COMMENT ON VIEW account_now IS 'Accounts as they stand: name, notes, status, parent';
COMMENT ON VIEW account_tree IS 'Each account''s own balance and that of all under it, by currency';
COMMENT ON VIEW monthly_return IS
    'Modified Dietz by account, currency and month in which anything moved: gain over the capital
    at the start and what came in, weighted by its days; what is changed into another currency comes
    into that one and goes out of this';

COMMENT ON TABLE account_change IS 'What changed about accounts; the newest seq counts';
COMMENT ON COLUMN account_change.seq IS 'The record that changed it';
COMMENT ON COLUMN account_change.n IS 'Its place in that record';
COMMENT ON COLUMN account_change.portfolio IS 'Whose it is';
COMMENT ON COLUMN account_change.account IS 'The account''s code';
COMMENT ON COLUMN account_change.what IS 'name, notes, status or parent';
COMMENT ON COLUMN account_change.value IS 'What it is from then on';

COMMENT ON TABLE setting_change IS 'Settings of the policy as they were changed';
COMMENT ON COLUMN setting_change.seq IS 'The record that changed it';
COMMENT ON COLUMN setting_change.n IS 'Its place in that record';
COMMENT ON COLUMN setting_change.portfolio IS 'Whose it is';
COMMENT ON COLUMN setting_change.account IS 'For this account alone; empty for the portfolio';
COMMENT ON COLUMN setting_change.path IS 'Which setting, as in `alluse policy show`';
COMMENT ON COLUMN setting_change.value IS 'From then on; empty: the portfolio''s again';
COMMENT ON COLUMN setting_change.previous IS 'Before';

COMMENT ON TABLE alert_note IS 'What somebody said of an alert: seen, or silent until a day';
COMMENT ON COLUMN alert_note.seq IS 'The record in which it was said';
COMMENT ON COLUMN alert_note.n IS 'Its place in that record';
COMMENT ON COLUMN alert_note.portfolio IS 'Whose alert it is';
COMMENT ON COLUMN alert_note.alert IS 'Which alert, as in `alluse alerts`';
COMMENT ON COLUMN alert_note.until IS 'Silent before that day; empty where it was only seen, or what was said was taken back';

COMMENT ON TABLE reversal IS 'Which records were taken back, and by which';
COMMENT ON COLUMN reversal.seq IS 'The record that took them back';
COMMENT ON COLUMN reversal.first_seq IS 'The first of them';
COMMENT ON COLUMN reversal.last_seq IS 'The last of them';
