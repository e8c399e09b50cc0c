using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;

namespace Babyhelm.Web.Features.Projects;

/// <summary>The form that creates a project.</summary>
/// <param name="create">The command, for the name given.</param>
internal sealed class NewProjectModel(Func<string, Task<Result<ProjectView>>> create)
{
    public string Name { get; private set; } = "";

    /// <summary>What the server said of the name last sent; gone as soon as another is typed.</summary>
    public string? NameError { get; private set; }

    /// <summary>A failure that is not about the name.</summary>
    public Error? Error { get; private set; }

    public bool Submitted { get; private set; }

    public bool Busy { get; private set; }

    public void Type(string name)
    {
        Name = name;
        NameError = null;
        Error = null;
    }

    /// <summary>Answers the name of the project that was created, or null where something has to be put right first.</summary>
    public async Task<string?> SubmitAsync()
    {
        Submitted = true;
        if (Busy || Slug.Problem(Name) is not null) return null;
        Busy = true;
        try
        {
            if ((await CommandAttempt.ResultAsync(() => create(Name))).Ok(out var project, out var error)) return project.Name;
            if (error is Invalid or Conflict) NameError = error.Message;
            else Error = error;
            return null;
        }
        finally
        {
            Busy = false;
        }
    }
}
