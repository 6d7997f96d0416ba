; A deviation within 500 points of its weight is worth from -500 to 500 points: a score lies in 0..1000.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(assert (not (and (bvsle (points d w) #x00000000000001f4) (bvsge (points d w) (bvneg #x00000000000001f4)))))
(check-sat)
