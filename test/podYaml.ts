/** A Pod `web` with one container `app`, and more lines for the container. */
export function podYaml(more: string): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: app\n      image: busybox:1.28\n${more}`.trimEnd();
}
