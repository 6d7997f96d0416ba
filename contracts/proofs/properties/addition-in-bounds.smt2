; Whatever is added, the sum stays within 500 points of the weight, and the cut to 64 bits loses nothing.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(declare-const delta U16)
(assert (not (and (within (add d w delta base) w) (bvslt (limit w base) #x000000007fffffffffffffff))))
(check-sat)
