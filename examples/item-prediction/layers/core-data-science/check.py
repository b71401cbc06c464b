# SPDX-License-Identifier: Apache-2.0
"""A DataFrame survives the way to CSV and JSON and back, with its types, and still groups and joins."""
import io

import numpy as np
import pandas as pd
from dateutil.parser import isoparse

frame = pd.DataFrame(
    {
        "facility": pd.Categorical(["north", "south", "north", "south"]),
        "quantity": np.array([3, 1, 4, 1], dtype=np.int64),
        "price": [2.5, np.nan, 0.75, 8.0],
        "ordered_at": pd.to_datetime(["2026-01-02", "2026-01-03", "2026-02-01", "2026-02-03"], utc=True),
    }
)

text = frame.to_csv(index=False)
back = pd.read_csv(io.StringIO(text), parse_dates=["ordered_at"], dtype={"facility": "category"})
pd.testing.assert_frame_equal(frame, back)

back = pd.read_json(io.StringIO(frame.to_json(orient="records", date_format="iso")), convert_dates=["ordered_at"])
assert back["quantity"].tolist() == [3, 1, 4, 1]
assert back["ordered_at"][0] == isoparse("2026-01-02T00:00:00Z")

totals = frame.groupby("facility", observed=True)["quantity"].sum()
assert totals.to_dict() == {"north": 7, "south": 2}
joined = frame.merge(totals.rename("total").reset_index(), on="facility")
assert joined["total"].tolist() == [7, 7, 2, 2]

weekly = frame.set_index("ordered_at").tz_convert("Europe/Berlin")["quantity"].resample("W").sum()
assert weekly.sum() == 9
rng = np.random.default_rng(7)
assert np.allclose(np.linalg.inv(np.eye(3) * 2), np.eye(3) / 2) and rng.normal(size=3).shape == (3,)
