; Time brings a score closer to the base, never past it and never away, however many half-lives pass.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(declare-const k I64)
(assert (not (ite (bvsge d #x0000000000000000) (and (bvsge (settle d k) #x0000000000000000) (bvsle (settle d k) d)) (and (bvsle (settle d k) #x0000000000000000) (bvsge (settle d k) d)))))
(check-sat)
