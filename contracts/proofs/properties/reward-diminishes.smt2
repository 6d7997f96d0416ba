; A later delivery to the same counterparty never earns more than an earlier one.
(declare-const i U8) (declare-const j U8) (assert (bvule i j))
(assert (not (bvuge (step i) (step j))))
(check-sat)
