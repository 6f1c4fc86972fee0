"""The columns by which the header of a broker's CSV file is recognised."""

TASTYTRADE_COLUMNS = ("Date", "Type", "Action", "Instrument Type", "Value", "Commissions", "Fees")

SCHWAB_COLUMNS = (
    "Date",
    "Action",
    "Symbol",
    "Description",
    "Quantity",
    "Price",
    "Fees & Comm",
    "Amount",
)

FIDELITY_COLUMNS = (
    "Run Date",
    "Action",
    "Symbol",
    "Quantity",
    "Price",
    "Commission",
    "Fees",
    "Accrued Interest",
    "Amount",
)
