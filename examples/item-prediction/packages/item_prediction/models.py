# SPDX-License-Identifier: Apache-2.0
"""Models by name: "forest" and "linear" are trained on the shipped history, "s3://..." is fetched."""
import io

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from item_prediction import features, rows

# One process, one thread: a Lambda sandbox has no more, and results stay the same everywhere.
BUILT_IN = {
    "forest": lambda: RandomForestClassifier(n_estimators=25, max_depth=5, random_state=0, n_jobs=1),
    "linear": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
}
TODAY = pd.Timestamp("2026-03-30", tz="UTC")
TRAINING_DAYS = pd.date_range("2026-02-02", "2026-03-09", freq="7D", tz="UTC")


class Predictor:
    """A fitted model over the history it predicts from."""

    def __init__(self, name, model, orders):
        self.name = name
        self._model = model
        self._features = features.derive(orders, TODAY)

    def predict(self, customer_id, facility_id, top=3):
        """The items most likely to be ordered again, best first; empty for a stranger."""
        frame = self._features
        frame = frame[(frame["customer_id"] == customer_id) & (frame["facility_id"] == facility_id)]
        if frame.empty:
            return []
        scores = self._model.predict_proba(frame[features.NUMBERS].to_numpy())[:, 1]
        ranked = frame.assign(score=scores).sort_values(["score", "item"], ascending=[False, True]).head(top)
        return [{"item": row.item, "score": round(float(row.score), 4)} for row in ranked.itertuples()]


def load(name, s3=None):
    """Raises ValueError for a name that is neither built in nor an s3:// address."""
    orders = rows.history()
    if name.startswith("s3://"):
        bucket, _, key = name[len("s3://") :].partition("/")
        stored = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return Predictor(name, joblib.load(io.BytesIO(stored)), orders)
    if name not in BUILT_IN:
        raise ValueError(f"model '{name}' is unknown; built in are {', '.join(sorted(BUILT_IN))}, or an s3:// address")
    days = [(derived, features.label(derived, orders, day)) for day in TRAINING_DAYS
            for derived in [features.derive(orders, day)]]
    inputs = np.concatenate([derived[features.NUMBERS].to_numpy() for derived, _ in days])
    model = BUILT_IN[name]().fit(inputs, np.concatenate([labels for _, labels in days]))
    return Predictor(name, model, orders)
