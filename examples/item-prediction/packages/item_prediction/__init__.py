# SPDX-License-Identifier: Apache-2.0
"""Which items a customer will order again at a facility: rows, features, models.

Shared by the functions that list it under `packages`; the libraries come from their layers.
"""
