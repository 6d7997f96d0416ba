; The credit arithmetic of Decay.sol and CreditRules.sol, word for word, for z3. test/contracts/proofs compares every function here with the
; deployed code on random inputs, so that what is proved is what runs. Deviations are int64, weights lie in [2^40, 2^41): the 180 weights there
; are looked at one by one in contracts/test/Decay.t.sol and in the same test.
(define-sort I64 () (_ BitVec 64))
(define-sort U16 () (_ BitVec 16))
(define-sort U8 () (_ BitVec 8))
(define-sort Wide () (_ BitVec 96))

(define-fun magnitude ((d I64)) I64 (ite (bvslt d #x0000000000000000) (bvneg d) d))
(define-fun signed ((m I64) (negative Bool)) I64 (ite negative (bvneg m) m))
; Decay.settle, given how many half-lives lie between; a shift by 64 or more leaves nothing, in Solidity as here.
(define-fun settle ((d I64) (halvings I64)) I64 (signed (bvlshr (magnitude d) halvings) (bvslt d #x0000000000000000)))
; Decay.points, given the weight of the epoch.
(define-fun points ((d I64) (w I64)) I64 (signed (bvudiv (magnitude d) w) (bvslt d #x0000000000000000)))
; Decay.add, in 96 bits where Solidity takes 256: the properties show that nothing here comes near.
(define-fun wide ((x I64)) Wide ((_ sign_extend 32) x))
(define-fun limit ((w I64) (bound U16)) Wide (bvmul ((_ zero_extend 80) bound) (wide w)))
(define-fun sum ((d I64) (w I64) (delta U16)) Wide (bvadd (wide d) (bvmul ((_ sign_extend 80) delta) (wide w))))
(define-fun add ((d I64) (w I64) (delta U16) (bound U16)) I64
  (let ((s (sum d w delta)) (l (limit w bound)))
    ((_ extract 63 0) (ite (bvsgt s l) l (ite (bvslt s (bvneg l)) (bvneg l) s)))))

; CreditRules
(define-fun step ((steps U8)) U16
  (ite (= steps #x00) #x000a (ite (= steps #x01) #x0005 (ite (= steps #x02) #x0002 (ite (= steps #x03) #x0001 #x0000)))))
(define-fun reward ((steps U8) (earned U16) (cap U16)) U16
  (let ((room (ite (bvugt cap earned) (bvsub cap earned) #x0000)))
    (ite (bvugt (step steps) room) room (step steps))))
(define-fun score ((raw U16) (counterparties U16) (minimum U16) (newcomerCap U16)) U16
  (ite (and (bvult counterparties minimum) (bvugt raw newcomerCap)) newcomerCap raw))
; Tiers: 0 Bronze, 1 Silver, 2 Gold.
(define-fun tierOf ((s U16) (before U8) (gateEnter U16) (gateLeave U16) (goldEnter U16) (goldLeave U16)) U8
  (ite (bvuge s (ite (= before #x02) goldLeave goldEnter)) #x02
    (ite (bvuge s (ite (= before #x00) gateEnter gateLeave)) #x01 #x00)))

; What the rest of the code keeps, as assumptions of the properties.
(define-fun isWeight ((w I64)) Bool (and (bvuge w #x0000010000000000) (bvult w #x0000020000000000)))
(define-fun base () U16 #x01f4)
(define-fun within ((d I64) (w I64)) Bool (and (bvsle (wide d) (limit w base)) (bvsge (wide d) (bvneg (limit w base)))))
(define-fun isTier ((t U8)) Bool (bvule t #x02))
(define-fun areGates ((gateEnter U16) (gateLeave U16) (goldEnter U16) (goldLeave U16)) Bool
  (and (bvugt gateLeave base) (bvugt gateEnter gateLeave) (bvuge goldLeave gateEnter) (bvugt goldEnter goldLeave) (bvule goldEnter #x03e8)))
