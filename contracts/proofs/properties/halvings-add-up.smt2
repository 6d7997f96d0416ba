; The half-lives from one epoch to a later one are those to any epoch between and those from there on.
(declare-const from Int) (declare-const by Int) (declare-const to Int) (assert (<= 0 from by to 4294967295))
(assert (not (and (>= (- (div to 180) (div from 180)) 0) (= (- (div to 180) (div from 180)) (+ (- (div by 180) (div from 180)) (- (div to 180) (div by 180)))))))
(check-sat)
