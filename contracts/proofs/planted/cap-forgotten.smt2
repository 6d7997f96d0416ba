; A reward that forgets what was earned already breaks the epoch cap.
(declare-const steps U8) (declare-const earned U16) (declare-const cap U16) (assert (bvule earned cap)) (assert (bvule cap #x03e8))
(assert (not (bvule (bvadd earned (step steps)) cap)))
(check-sat)
