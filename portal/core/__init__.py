"""The base of the house: clock, errors, data, ledger, outbox; knows no institution's business."""
