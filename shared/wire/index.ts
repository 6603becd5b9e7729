export {
  type Assurance,
  type Attestation,
  type AttestationRequest,
  type AttestationSubmission,
  attestationRequestSchema,
  attestationSchema,
  attestationSubmissionSchema,
  attestationToWire,
  type Custody,
  custodyKinds,
  type Sources,
  type Verdict,
} from "./attestation.ts";
