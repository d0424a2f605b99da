declare module "virtual:starts" {
  const starts: { name: string; project: Record<string, unknown> }[];
  export default starts;
}
declare module "*.css" {}
