; After one half-life exactly half of the whole points is left, rounded towards the base.
(declare-const m Int) (declare-const w Int) (declare-const q Int) (declare-const r Int) (assert (>= m 0)) (assert (> w 0)) (assert (= m (+ (* q w) r))) (assert (<= 0 r)) (assert (< r w)) (assert (>= q 0))
(declare-const h Int) (declare-const o Int) (assert (= q (+ (* 2 h) o))) (assert (<= 0 o 1))
(declare-const x Int) (declare-const y Int) (assert (= m (+ (* 2 x) y))) (assert (<= 0 y 1))
(assert (not (and (<= (* h w) x) (< x (* (+ h 1) w)))))
(check-sat)
