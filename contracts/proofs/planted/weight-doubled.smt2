; A weight that could reach 2^42 would let settling leave the bounds: the halving no longer covers it.
(declare-const d I64) (declare-const w I64) (declare-const later I64) (assert (bvuge w #x0000010000000000)) (assert (bvult w #x0000040000000000)) (assert (isWeight later)) (assert (within d w))
(assert (not (within (settle d #x0000000000000001) later)))
(check-sat)
