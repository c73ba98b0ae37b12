"""What optuna-dashboard shows of a study beside its runs, and the server itself, which needs no torch."""
