; Shifting a negative number instead of its magnitude rounds the wrong way: settling once would differ from halving the points.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(assert (not (= (bvashr d #x0000000000000001) (settle d #x0000000000000001))))
(check-sat)
