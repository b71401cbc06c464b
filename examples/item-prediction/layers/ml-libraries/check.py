# SPDX-License-Identifier: Apache-2.0
"""Estimators of several families fit and predict, and a fitted one survives joblib."""
import io

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

rng = np.random.default_rng(11)
frame = pd.DataFrame({"size": rng.normal(size=240), "kind": rng.choice(["a", "b"], size=240)})
label = ((frame["size"] > 0) ^ (frame["kind"] == "b")).astype(int)
fit_x, test_x, fit_y, test_y = train_test_split(frame, label, test_size=0.25, random_state=0)

columns = ColumnTransformer([("number", StandardScaler(), ["size"]), ("word", OneHotEncoder(), ["kind"])])
forest = make_pipeline(columns, RandomForestClassifier(n_estimators=20, random_state=0, n_jobs=1))
forest.fit(fit_x, fit_y)
assert accuracy_score(test_y, forest.predict(test_x)) > 0.9

stored = io.BytesIO()
joblib.dump(forest, stored)
stored.seek(0)
assert (joblib.load(stored).predict(test_x) == forest.predict(test_x)).all()

linear = LogisticRegression().fit(frame[["size"]], frame["size"] > 0)
assert linear.score(frame[["size"]], frame["size"] > 0) > 0.95
line = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
assert np.allclose(line.predict([[3.0]]), [7.0])
