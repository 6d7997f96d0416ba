; From one half-life to a later one a deviation in bounds stays in bounds: what is halved once or more fits the least weight there is.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(declare-const k I64) (assert (bvuge k #x0000000000000001))
(assert (not (within (settle d k) #x0000010000000000)))
(check-sat)
