"""Money: budget lines, their documents, an append-only ledger, and the answer to every question for money.

Owns: lines (institution, fiscal year, agency, sub-activity, account, fund source), the document versions that gave them
their amounts, the ledger, and what was answered for each seat and each batch.
Says: batch_reserved, batch_refused, batch_money_released, batch_realised, seats_reserved, seats_refused,
seats_money_released, seats_realised, money_freed, threshold_crossed.
Hears: enrolment's agencies_changed, batch_opened, batch_changed, batch_cancelled, batch_closed, seats_approved,
seats_released, seats_completed, seats_failed.

Locks, in this order everywhere: the batch (an advisory lock, where seats or batches are concerned), then lines by
line_id. Under the line's lock the key is looked up, then the balance, then rows are written.
"""
