# SPDX-License-Identifier: Apache-2.0
"""Features of (customer, facility, item), as of a day: only orders before that day are looked at."""
import pandas as pd

KEYS = ["customer_id", "facility_id", "item"]
NUMBERS = ["orders", "mean_quantity", "days_since", "share", "popularity"]


def derive(orders, as_of):
    """One row per (customer, facility, item) ordered before `as_of`."""
    past = orders[orders["ordered_at"] < as_of]
    grouped = past.groupby(KEYS, sort=True)
    frame = grouped.agg(
        orders=("quantity", "size"), mean_quantity=("quantity", "mean"), last=("ordered_at", "max")
    ).reset_index()
    frame["days_since"] = (as_of - frame.pop("last")).dt.total_seconds() / 86400.0
    frame["share"] = frame["orders"] / frame.groupby(KEYS[:2])["orders"].transform("sum")
    frame["popularity"] = frame["item"].map(past["item"].value_counts(normalize=True)).astype(float)
    return frame[KEYS + NUMBERS]


def label(features, orders, as_of, days=14):
    """1 where the item is ordered again within `days` from `as_of`."""
    window = orders[(orders["ordered_at"] >= as_of) & (orders["ordered_at"] < as_of + pd.Timedelta(days=days))]
    again = pd.MultiIndex.from_frame(window[KEYS].drop_duplicates())
    return pd.MultiIndex.from_frame(features[KEYS]).isin(again).astype(int)
