"""Training as an iterator of reports: settings, metrics, early stopping, comparison, cross-validation, search."""
