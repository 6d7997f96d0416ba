; Magnitudes within bounds fit into 50 bits.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(assert (not (bvult (magnitude d) #x0004000000000000)))
(check-sat)
