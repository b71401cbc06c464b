# SPDX-License-Identifier: Apache-2.0
"""Order rows: what a good one is, and the history that ships with the package."""
from importlib import resources

import pandas as pd

COLUMNS = ["customer_id", "facility_id", "item", "quantity", "ordered_at"]


def parse(records):
    """Splits records into a clean frame and a list of {row, reasons} for those refused."""
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError("'rows' must be a list of objects")
    frame = pd.DataFrame(records, columns=COLUMNS)
    reasons = pd.Series([[] for _ in range(len(frame))], index=frame.index, dtype=object)

    def refuse(mask, reason):
        for row in frame.index[mask]:
            reasons[row].append(reason)

    for column in ("customer_id", "facility_id", "item"):
        text = frame[column].map(lambda value: value.strip() if isinstance(value, str) else "")
        refuse(text == "", f"{column} is missing")
        frame[column] = text
    quantity = pd.to_numeric(frame["quantity"], errors="coerce")
    refuse(quantity.isna(), "quantity is not a number")
    refuse(quantity <= 0, "quantity is not positive")
    ordered_at = pd.to_datetime(frame["ordered_at"], errors="coerce", utc=True, format="ISO8601")
    refuse(ordered_at.isna(), "ordered_at is not an ISO 8601 date")
    frame = frame.assign(quantity=quantity, ordered_at=ordered_at)
    refuse(frame.duplicated(COLUMNS), "repeats an earlier row")

    good = reasons.map(len) == 0
    refused = [{"row": int(row), "reasons": reasons[row]} for row in frame.index[~good]]
    return frame[good].reset_index(drop=True), refused


def history():
    """The orders the built-in models learn from."""
    path = resources.files(__package__).joinpath("data/orders.csv")
    with path.open(encoding="utf-8") as text:
        return pd.read_csv(text, parse_dates=["ordered_at"], date_format="ISO8601").assign(
            ordered_at=lambda frame: frame["ordered_at"].dt.tz_localize("UTC")
        )
