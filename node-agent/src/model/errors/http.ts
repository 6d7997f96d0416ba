import { entry } from "./entry.ts";

export const httpErrors = {
  HTTP_NOT_FOUND: entry({
    status: 404,
    title: "No such resource",
    message: () => `nothing is served at this address`,
    hint: "See /api/openapi.json for the routes and /dicom-web for DICOMweb.",
  }),
} as const;
