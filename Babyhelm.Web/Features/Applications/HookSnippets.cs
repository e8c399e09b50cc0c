namespace Babyhelm.Web.Features.Applications;

/// <summary>What to put into a build so that it calls the hook; docs/deploy-hooks.md has the same. The address is a secret of the build server.</summary>
public static class HookSnippets
{
    public const string Curl = """
        curl -fsS -X POST "$BABYHELM_HOOK" \
          -H 'Content-Type: application/json' \
          -d '{"tag":"1.2.3"}'
        """;

    public const string GitHub = """
        # .github/workflows/deploy.yml, after the step that pushes the image
        - name: Deploy
          env:
            BABYHELM_HOOK: ${{ secrets.BABYHELM_HOOK }}
          run: |
            curl -fsS -X POST "$BABYHELM_HOOK" \
              -H 'Content-Type: application/json' \
              -d "{\"tag\":\"$GITHUB_SHA\"}"
        """;

    public const string GitLab = """
        # .gitlab-ci.yml; BABYHELM_HOOK is a masked variable of the project
        deploy:
          stage: deploy
          image: curlimages/curl
          script:
            - >
              curl -fsS -X POST "$BABYHELM_HOOK"
              -H 'Content-Type: application/json'
              -d "{\"tag\":\"$CI_COMMIT_SHA\"}"
          rules:
            - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
        """;

    public static readonly IReadOnlyList<(string Name, string Text)> All = [("curl", Curl), ("GitHub Actions", GitHub), ("GitLab CI", GitLab)];
}
