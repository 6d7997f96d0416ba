; Within a half-life nothing is halved and the weight only grows, and with it the bound: a deviation in bounds stays in bounds.
(declare-const d Int) (declare-const w Int) (declare-const later Int) (assert (<= 1099511627776 w later)) (assert (< later 2199023255552))
(assert (<= (* -500 w) d (* 500 w)))
(assert (not (<= (* -500 later) d (* 500 later))))
(check-sat)
